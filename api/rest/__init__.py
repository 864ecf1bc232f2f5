"""The base of the REST interface: views, serializers, lists, versions and failures."""
