"""The page in WebKit, driven through WebKitGTK's own driver: the nearest relative of Safari that Debian has."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait
from selenium.webdriver.webkitgtk.options import Options
from selenium.webdriver.webkitgtk.service import Service

from tests.conftest import SAMPLES
from tests.web.serving import Served

DRIVER, DISPLAY = shutil.which("WebKitWebDriver"), shutil.which("Xvfb")
BROWSER = next(Path("/usr/lib").glob("*/webkit2gtk-4*/MiniBrowser"), None)
pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore::DeprecationWarning:selenium.*"),  # of Selenium about itself
    pytest.mark.skipif(not (DRIVER and DISPLAY and BROWSER), reason="no WebKitGTK (.ci/webkit.sh installs it)"),
]
WAIT_S = 120


@pytest.fixture
def display() -> Iterator[str]:
    """The name of a display that no screen shows."""
    assert DISPLAY
    read, write = os.pipe()
    with (
        subprocess.Popen(
            [DISPLAY, "-displayfd", str(write), "-nolisten", "tcp", "-screen", "0", "1280x900x24"],
            pass_fds=[write], stderr=subprocess.DEVNULL,
        ) as server,
        os.fdopen(read) as numbers,
    ):  # fmt: skip
        os.close(write)
        try:
            yield f":{numbers.readline().strip()}"
        finally:
            server.terminate()


@pytest.fixture
def webkit(display: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[webdriver.WebKitGTK]:
    """An empty tab of 1280 × 900 pixels."""
    monkeypatch.setenv("DISPLAY", display)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    options = Options()
    options.binary_location = str(BROWSER)
    options.add_argument("--automation")
    driver = webdriver.WebKitGTK(options=options, service=Service(DRIVER))
    try:
        driver.set_window_size(1280, 900)
        yield driver
    finally:
        driver.quit()


def shown(driver: webdriver.WebKitGTK, path: str) -> WebElement:
    """The first that is shown of the elements of this XPath; waited for. WebKit's driver tells no role of many.

    To the driver what has been scrolled out of its frame is not shown: such text is looked for by `present`.
    """

    def found(driver: webdriver.WebKitGTK) -> WebElement | None:
        return next((one for one in driver.find_elements(By.XPATH, path) if one.is_displayed()), None)

    wait: WebDriverWait[webdriver.WebKitGTK] = WebDriverWait(
        driver, WAIT_S, ignored_exceptions=[StaleElementReferenceException]
    )
    return wait.until(found)  # type: ignore[return-value]


def present(driver: webdriver.WebKitGTK, path: str) -> None:
    """Wait until there is an element of this XPath."""
    WebDriverWait(driver, WAIT_S).until(lambda driver: driver.find_elements(By.XPATH, path))


def test_webkit_reads_a_document(webkit: webdriver.WebKitGTK, app: Served) -> None:
    """A file is added, read, looked through and offered as a file, without an error of a script."""
    webkit.get(app.url)
    webkit.execute_script(
        "window.faults = []; addEventListener('error', event => faults.push(event.message));"
        "addEventListener('unhandledrejection', event => faults.push(String(event.reason)));"
    )
    shown(webkit, "//button[normalize-space()='Read']")
    webkit.find_element(By.CSS_SELECTOR, "input[type=file]").send_keys(str(SAMPLES / "article.pdf"))
    shown(webkit, "//button[starts-with(@aria-label, 'article.pdf page 3')]")
    shown(webkit, "//button[normalize-space()='Read']").click()
    shown(webkit, "//button[starts-with(normalize-space(), 'Download')]")
    present(webkit, "//h1[contains(., 'How a Lawn Learns')]")
    shown(webkit, "//button[@aria-label='Next page']").click()
    present(webkit, "//td[contains(., 'Station meadow')]")
    assert webkit.execute_script("return faults") == []
