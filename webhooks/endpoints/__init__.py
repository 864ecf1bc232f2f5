"""Who gets events: the rules of endpoints, how they are doing, and the mails to their Owners."""
