"""Makes customers and products importable; read once when the app is ready."""

from customers.importing.importers import CustomerImporter, ProductImporter
from salesops.spreadsheets.tables import register_importer

register_importer(CustomerImporter())
register_importer(ProductImporter())
