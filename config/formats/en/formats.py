"""How the admin writes times: short, to the second, in UTC."""

DATETIME_FORMAT = "j M Y H:i:s"
