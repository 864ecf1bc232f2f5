"""The operators' admin as a whole: its menu and first page, roles, and the page of a refusal."""
