"""The pages for people: accounts, settings and invitations, with their forms."""
