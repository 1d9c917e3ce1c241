"""The clerk's pages: functions from records to markup, with words of their own."""
