#!/usr/bin/env python3
"""Writes the advance widths that the chart layer measures text with.

    python3 extract_advances.py inter-regular.woff2 inter-semibold.woff2 \
        > ../../../src/reports/charts/inter_advances.tsv

Needs fontTools and brotli. One line per character of the font: code point (hex), advance of
the regular and of the semibold face, in 1/2048 em. Run again whenever a font file changes.
"""
import sys

from fontTools.ttLib import TTFont

faces = [TTFont(name) for name in sys.argv[1:3]]
for face in faces:
    if face["head"].unitsPerEm != 2048:
        sys.exit("the table is in 1/2048 em; this font has other units")
maps = [face.getBestCmap() for face in faces]
for code in sorted(set(maps[0]) & set(maps[1])):
    widths = [face["hmtx"][cmap[code]][0] for face, cmap in zip(faces, maps)]
    print(f"{code:04x}\t{widths[0]}\t{widths[1]}")
