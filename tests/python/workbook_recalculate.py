"""Recalculates workbooks with LibreOffice and compares every cell with the results they carry.

    workbook_recalculate.py FILE.xlsx ...

The results beside the formulas are removed first, so LibreOffice has nothing to copy. Numbers are
compared to 1e-9 relative, texts and truth values exactly. Prints one line per workbook; exit 1 with
the differing cells, 2 when LibreOffice gives no file.
"""

import pathlib
import re
import subprocess
import sys
import tempfile
import zipfile

import openpyxl

CELL = re.compile(rb"<c r=\"([A-Z]+[0-9]+)\"([^>]*)>(<f[^>]*>.*?</f>)<v>(.*?)</v></c>", re.S)
TYPE = re.compile(rb" t=\"[a-z]+\"")


def strip_results(source, target):
    """Copies a workbook without the results of its formulas; returns their number."""
    count = 0

    def without(match):
        nonlocal count
        count += 1
        place, attributes, formula, _ = match.groups()
        return b'<c r="' + place + b'"' + TYPE.sub(b"", attributes) + b">" + formula + b"</c>"

    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.infolist():
            data = old.read(item)
            if item.filename.startswith("xl/worksheets/sheet"):
                data = CELL.sub(without, data)
                assert not re.search(rb"</f><v>", data), "a result was left"
            new.writestr(item.filename, data)
    return count


def recalculate(source, folder):
    """The same workbook as LibreOffice computes it."""
    profile = (folder / "profile").as_uri()
    command = ["soffice", f"-env:UserInstallation={profile}", "--headless", "--convert-to", "xlsx",
               "--outdir", str(folder / "out"), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    result = folder / "out" / source.name
    if not result.exists():
        print(f"{source.name}: LibreOffice gave no file\n{done.stdout}{done.stderr}")
        sys.exit(2)
    return result


def same(ours, theirs):
    """Equal values; an empty text and an empty cell are the same."""
    ours, theirs = (None if value == "" else value for value in (ours, theirs))
    is_number = [isinstance(v, (int, float)) and not isinstance(v, bool) for v in (ours, theirs)]
    if all(is_number):
        return abs(ours - theirs) <= 1e-9 * max(1.0, abs(ours), abs(theirs))
    return type(ours) is type(theirs) and ours == theirs


def as_plain(cell):
    """Dates as day numbers, so that they compare as numbers."""
    if cell.is_date and cell.value is not None and not isinstance(cell.value, (int, float, str)):
        return openpyxl.utils.datetime.to_excel(cell.value)
    return cell.value


def compare(ours, theirs):
    """Cells that differ, and the number of cells that were looked at."""
    ours = openpyxl.load_workbook(ours, data_only=True)
    theirs = openpyxl.load_workbook(theirs, data_only=True)
    assert ours.sheetnames == theirs.sheetnames, (ours.sheetnames, theirs.sheetnames)
    found, looked = [], 0
    for sheet in ours:
        other = theirs[sheet.title]
        for row in sheet.iter_rows():
            for cell in row:
                looked += 1
                mine, its = as_plain(cell), as_plain(other[cell.coordinate])
                if not same(mine, its):
                    found.append(f"{sheet.title}!{cell.coordinate}: {mine!r}, LibreOffice {its!r}")
    return found, looked


def main(names):
    """Checks each workbook."""
    differing = 0
    for name in names:
        source = pathlib.Path(name)
        with tempfile.TemporaryDirectory() as temporary:
            folder = pathlib.Path(temporary)
            bare = folder / source.name
            formulas = strip_results(source, bare)
            found, looked = compare(source, recalculate(bare, folder))
        print(f"{source.name}: {formulas} formulas, {looked} cells, {len(found)} differ")
        for line in found[:20]:
            print(f"  {line}")
        differing += len(found)
        if formulas == 0:
            print(f"{source.name}: no formula with a result was found")
            differing += 1
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
