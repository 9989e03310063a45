"""Reads OSCAL assessment results with compliance-trestle's models of NIST's schema.

    oscal.py GOOD.json BAD.json ...

The first document must be accepted, and be of the very version of OSCAL that the models are of; each
other one must be refused. Prints one line per document; exit 1 when one is judged otherwise.
"""

import json
import pathlib
import sys

import trestle.oscal
from trestle.oscal.assessment_results import AssessmentResults


def refusal(path):
    """Why a document is refused; None when it is accepted."""
    try:
        results = AssessmentResults.oscal_read(pathlib.Path(path))
    except Exception as error:  # trestle wraps what its models raise in errors of its own
        return " ".join(str(error).split())[:200]
    if results is None:
        return "is no assessment-results document"
    with open(path, encoding="utf-8") as file:
        version = json.load(file)["assessment-results"]["metadata"]["oscal-version"]
    # trestle reads older documents as well; its rules are those of one version.
    if version != trestle.oscal.OSCAL_VERSION:
        return f"is OSCAL {version}; the models are of {trestle.oscal.OSCAL_VERSION}"
    return None


def main(good, bad):
    """Judges all documents."""
    reasons = [refusal(path) for path in [good, *bad]]
    for path, reason in zip([good, *bad], reasons):
        print(f"{pathlib.Path(path).name}: {'accepted' if reason is None else reason}")
    refused = sum(reason is not None for reason in reasons)
    print(f"{len(reasons) - refused} accepted, {refused} refused")
    return 0 if reasons[0] is None and refused == len(bad) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
