"""The one form in which an e-mail address is kept, looked up and counted."""

import unicodedata


def normal_address(text: str) -> str:
    """An address without the differences that people do not see: width, case, spaces around.

    Django's sign-in form turns full-width letters into plain ones (NFKC). A limit that
    counted the text as it was typed would be walked past by typing it another way.
    """
    lowered = unicodedata.normalize("NFKC", text).strip().lower()
    return unicodedata.normalize("NFKC", lowered)  # lower case can undo the normal form
