"""All that a unit's counter calls, and the figures that follow: for the table of contents."""

from chalicelib.web.counter import counter
from chalicelib.web.counter_offline import counter_offline
from chalicelib.web.counter_orders import counter_orders
from chalicelib.web.counter_pages import counter_pages
from chalicelib.web.figures import figures

COUNTER = (counter, counter_orders, counter_offline, counter_pages, figures)
