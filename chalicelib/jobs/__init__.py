"""Schedules, queues and streams in."""
