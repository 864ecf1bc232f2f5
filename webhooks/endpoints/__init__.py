"""The receivers of events: rules of endpoints, their health, and mails to their Owners."""
