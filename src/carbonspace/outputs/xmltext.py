"""XML as text that every reader takes, whatever the names in it are made of."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

# What XML 1.0 has no way to write: control characters, halves of pairs, and two non-characters.
_FORBIDDEN = re.compile("[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")
_INSTEAD = "\ufffd"


def cleaned(text: str) -> str:
    """Return a text with a replacement character for each that XML cannot hold."""
    return _FORBIDDEN.sub(_INSTEAD, text)


def xml_text(root: ET.Element) -> str:
    """Return an element as text, after cleaning all that it holds."""
    for one in root.iter():
        if one.text:
            one.text = cleaned(one.text)
        for name, value in one.attrib.items():
            one.attrib[name] = cleaned(value)
    return ET.tostring(root, encoding="unicode")
