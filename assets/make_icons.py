"""Draw the icons of the installed page: `python -m assets.make_icons`. Needs Chromium, as the tests of the page do.

The picture is the one of the browser's tab, favicon.svg. A launcher cuts a maskable icon to its own shape and leaves at
least a circle of 80 % of its width; iOS rounds the corners of its icon and has no transparency.
"""

from __future__ import annotations

import asyncio
import base64

from ocr.web.components import STATIC, asset
from tests.browser.conftest import launched

GROUND = "#fdf0d8"
ICONS = {
    "icon-192": (192, 1.0, "transparent"),
    "icon-512": (512, 1.0, "transparent"),
    "icon-maskable": (512, 0.6, GROUND),
    "apple-touch-icon": (180, 0.76, GROUND),
}
"""By name: pixels, the picture's share of them, and what is behind it."""


async def main() -> None:
    """Write all icons."""
    picture = base64.b64encode(asset("favicon.svg").encode()).decode()
    async with launched() as browser:
        for name, (size, share, ground) in ICONS.items():
            page = await browser.new_page(viewport={"width": size, "height": size})
            style = f"margin:0;height:100vh;display:grid;place-items:center;background:{ground}"
            image = f'<img width="{round(share * size)}" src="data:image/svg+xml;base64,{picture}">'
            await page.set_content(f'<body style="{style}">{image}')
            await page.screenshot(path=STATIC / "install" / f"{name}.png", omit_background=True)
            await page.close()


if __name__ == "__main__":
    asyncio.run(main())
