"""Every route of the API and of the pages, by whom it is for."""

from chalicelib.web.basket_pages import basket_pages
from chalicelib.web.bill_parts import bill_parts
from chalicelib.web.bill_search import bill_search
from chalicelib.web.biller import biller
from chalicelib.web.biller_document import biller_document
from chalicelib.web.biller_reversals import biller_reversals
from chalicelib.web.bills import bills
from chalicelib.web.cases import cases
from chalicelib.web.catalogue import catalogue
from chalicelib.web.counter import counter
from chalicelib.web.counter_offline import counter_offline
from chalicelib.web.counter_orders import counter_orders
from chalicelib.web.counter_pages import counter_pages
from chalicelib.web.docs_page import docs
from chalicelib.web.figures import figures
from chalicelib.web.finance import finance
from chalicelib.web.find_pages import find_pages
from chalicelib.web.notifications import notifications
from chalicelib.web.open_code_batches import open_code_batches
from chalicelib.web.open_code_sheets import open_code_sheets
from chalicelib.web.open_codes import open_codes
from chalicelib.web.openapi import openapi
from chalicelib.web.order_search import order_search
from chalicelib.web.orders import orders
from chalicelib.web.papers import papers
from chalicelib.web.pay_pages import pay_pages
from chalicelib.web.reconciliations import reconciliations
from chalicelib.web.scheme_pages import scheme_pages
from chalicelib.web.webhook_endpoints import webhook_endpoints

PORTALS = (orders, order_search, catalogue, webhook_endpoints, papers)
UNITS = (bills, bill_search, bill_parts, open_code_batches, open_code_sheets, open_codes)
COUNTERS = (counter, counter_orders, counter_offline, counter_pages)
PROVIDERS = (notifications, biller, biller_reversals, biller_document)
FINANCE = (cases, reconciliations, figures, finance)
PAYERS = (pay_pages, find_pages, scheme_pages, basket_pages)
DOCUMENTS = (openapi, docs)

BLUEPRINTS = (*PORTALS, *UNITS, *COUNTERS, *PROVIDERS, *FINANCE, *PAYERS, *DOCUMENTS)
