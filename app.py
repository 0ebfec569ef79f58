"""Start Pagelight's web page, in a checkout and on a Hugging Face Space; an installed package has `pagelight web`."""

import sys
from contextlib import suppress

if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        from ocr.web.web_command import main

        sys.exit(main())
