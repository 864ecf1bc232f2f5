"""The normal form of an e-mail address, for storage, lookups and limits."""

import unicodedata


def normal_address(text: str) -> str:
    """An address without the differences that people do not see: width, case, spaces around.

    Django's sign-in form turns full-width letters into plain ones (NFKC). A limit that counts the
    typed text could be evaded by typing it differently.
    """
    lowered = unicodedata.normalize("NFKC", text).strip().lower()
    return unicodedata.normalize("NFKC", lowered)  # lower case can undo the normal form
