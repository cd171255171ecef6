"""Makes docs/page.png, the picture of the page in the README: python docs/page_picture.py (needs chromium and '.[test]')."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

PICTURE = Path(__file__).parent / "page.png"


def take(address: str) -> None:
    """The first screen of the page at an address, once its answer rests on all seeds and on all plausible settings."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        found = shutil.which("chromium-headless-shell") or shutil.which("chromium")
        browser = driver.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1280, "height": 1010})
        page.set_default_timeout(300_000)
        page.goto(address)
        page.wait_for_function("document.querySelector('.howfar')?.innerText.includes('Based on 64 simulated histories')")
        page.wait_for_selector(".verdict .fits strong")
        page.screenshot(path=PICTURE)
        browser.close()


def main() -> None:
    """Serves the page, takes the picture, ends the page."""
    command = [sys.executable, "-m", "cisim", "ui", "--no-browser", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            found = re.search(r"http://\S+", server.stdout.readline())
            assert found, "the page did not start"
            take(found[0])
        finally:
            server.send_signal(signal.SIGINT)


if __name__ == "__main__":
    main()
