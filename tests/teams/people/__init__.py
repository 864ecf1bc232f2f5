"""Members, invitations and notifications."""
