"""Makes orders importable; read once when the app is ready."""

from orders.importing.importer import OrderImporter
from salesops.spreadsheets.tables import register_importer

register_importer(OrderImporter())
