"""Bytes on the wire: signing, sending and receiving webhooks, without Django."""
