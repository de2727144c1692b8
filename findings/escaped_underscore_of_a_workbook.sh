#!/usr/bin/env bash
# openpyxl 3.1.5, python-calamine 0.9.1.
#
# In a workbook's text `_xHHHH_` stands for a character (ECMA-376, part 1, ST_Xstring), so a text that really reads `_x0041_`
# is written `_x005F_x0041_`. openpyxl takes `x005F_` out of shared strings, decodes nothing else, and leaves inline
# strings as they are: the same text differs by where it is stored. Split into two runs, `_` and `x0041_`, it is read
# right everywhere. A control character, `_x0001_`, is decoded by calamine only.
#
# Seen:
#   openpyxl inline: _x005F_x0041_ _x0041_ '_x0001_'
#   openpyxl shared: _x0041_ _x0041_ '_x0001_'
#   calamine inline: _x0041_ _x0041_ '\x01'
#   calamine shared: _x0041_ _x0041_ '\x01'
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install --quiet openpyxl==3.1.5 python-calamine==0.9.1

cat > read.py <<'READ'
import zipfile, openpyxl, python_calamine
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
TEXTS = ["<t>_x005F_x0041_</t>", "<r><t>_</t></r><r><t>x0041_</t></r>", "<t>_x0001_</t>"]

def relations(*pairs):
    lines = [f'<Relationship Id="r{n}" Type="{RELATIONS}/{kind}" Target="{target}"/>' for n, (kind, target) in enumerate(pairs)]
    return f'<Relationships xmlns="{PACKAGE}/relationships">{"".join(lines)}</Relationships>'

inline = "".join(f'<c r="{at}1" t="inlineStr"><is>{text}</is></c>' for at, text in zip("ABC", TEXTS))
shared = "".join(f'<c r="{at}2" t="s"><v>{n}</v></c>' for n, at in enumerate("ABC"))
parts = {
    "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{KIND}.sheet.main+xml"/>'
        f'<Override PartName="/xl/sheet.xml" ContentType="{KIND}.worksheet+xml"/>'
        f'<Override PartName="/xl/sharedStrings.xml" ContentType="{KIND}.sharedStrings+xml"/></Types>',
    "_rels/.rels": relations(("officeDocument", "xl/workbook.xml")),
    "xl/_rels/workbook.xml.rels": relations(("worksheet", "sheet.xml"), ("sharedStrings", "sharedStrings.xml")),
    "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets><sheet name="a" sheetId="1" r:id="r0"/></sheets></workbook>',
    "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">{"".join(f"<si>{text}</si>" for text in TEXTS)}</sst>',
    "xl/sheet.xml": f'<worksheet xmlns="{MAIN}"><sheetData><row r="1">{inline}</row><row r="2">{shared}</row></sheetData></worksheet>',
}
with zipfile.ZipFile("a.xlsx", "w") as book:
    for name, text in parts.items():
        book.writestr(name, f'<?xml version="1.0" encoding="UTF-8"?>{text}')

readers = {
    "openpyxl": list(openpyxl.load_workbook("a.xlsx").active.iter_rows(values_only=True)),
    "calamine": python_calamine.CalamineWorkbook.from_path("a.xlsx").get_sheet_by_index(0).to_python(),
}
for reader, rows in readers.items():
    for stored, (escaped, split, control) in zip(("inline", "shared"), rows):
        print(f"{reader} {stored}: {escaped} {split} {control!r}")
READ
seen=$(python/bin/python read.py)
echo "$seen"
[ "$seen" = "openpyxl inline: _x005F_x0041_ _x0041_ '_x0001_'
openpyxl shared: _x0041_ _x0041_ '_x0001_'
calamine inline: _x0041_ _x0041_ '\\x01'
calamine shared: _x0041_ _x0041_ '\\x01'" ]
