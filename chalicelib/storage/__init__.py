"""The only floor that touches AWS data stores."""
