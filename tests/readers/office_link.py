"""Links cells of a spreadsheet to a URL in LibreOffice, by its own Python, and prints what they show: `range URL` links a
range, as *Sheet · External Links* does; `formula URL` is a formula that names the URL."""

import pathlib
import subprocess
import sys
import time

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException
from com.sun.star.table import CellAddress

FILTER = ("Text - txt - csv (StarCalc)", "44,34,76,1")
# A clip has no more rows, and readers ask for columns n, at, stamp and filler.
ROWS = 30_000


def main(how, url):
    folder = pathlib.Path.cwd()
    # A name of its own, since pipes of all users share one folder.
    pipe = folder.name
    office = subprocess.Popen(
        ["soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless", f"--accept=pipe,name={pipe};urp;"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        context = connect(pipe)
        desktop = context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
        hidden = PropertyValue("Hidden", 0, True, 0)
        document = desktop.loadComponentFromURL("private:factory/scalc", "_blank", 0, (hidden,))
        print_rows(shown(document, how, url))
        desktop.terminate()
    finally:
        office.wait(60)


def connect(pipe):
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    for _ in range(300):
        try:
            return resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
        except NoConnectException:
            time.sleep(0.2)
    raise SystemExit("LibreOffice does not start")


def shown(document, how, url):
    sheet = document.Sheets.getByIndex(0)
    cells = sheet.getCellRangeByName(f"A1:D{ROWS}")
    if how == "range":
        document.AreaLinks.insertAtPosition(CellAddress(0, 0, 0), url, "CSV_all", *FILTER)
    else:
        # The sheet of a CSV file has the file's name.
        name = url.rsplit("/", 1)[1].split(".")[0]
        cells.setFormulaArray([[f"='{url}'#${name}.{column}{row}" for column in "ABCD"] for row in range(1, ROWS + 1)])
    return cells.getDataArray()


def print_rows(rows):
    for n, _at, stamp, _filler in rows[1:]:
        if stamp:
            print(int(n), stamp, sep=",")


main(*sys.argv[1:])
