"""Accounts: attempts at passwords, confirmation by password, and mails with links."""
