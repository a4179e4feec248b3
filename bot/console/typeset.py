"""
Turn a page into a PDF, in this process and without a browser.

WeasyPrint sets pages by CSS (running heads, page numbers) and writes tagged PDF/UA; it
needs a few system libraries (`make setup-system`) and no browser on a server that holds
patients' words.  It may fetch nothing: neither files nor addresses.
"""

from __future__ import annotations

import logging
from typing import Any

log = logging.getLogger(__name__)


class CannotTypeset(Exception):
    """The system libraries are missing; the text says which package manager command helps."""


def make_pdf(html: str, *, css: str) -> bytes:
    """
    Raises:
        CannotTypeset: WeasyPrint cannot be loaded on this machine.
    """
    try:
        import weasyprint
    except (ImportError, OSError) as error:
        log.error("console.no_typesetter error=%s", type(error).__name__)
        raise CannotTypeset("the libraries libpango-1.0-0, libpangoft2-1.0-0 and libharfbuzz-subset0") from error
    logging.getLogger("weasyprint").setLevel(logging.ERROR)  # its hints about CSS quote the page
    page = weasyprint.HTML(string=html, url_fetcher=_refuse)
    written = page.write_pdf(stylesheets=[weasyprint.CSS(string=css, url_fetcher=_refuse)], pdf_variant="pdf/ua-1")
    return bytes(written)


def _refuse(url: str, *args: Any, **more: Any) -> dict[str, Any]:
    raise ValueError("a summary fetches nothing")
