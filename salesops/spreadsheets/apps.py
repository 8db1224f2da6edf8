from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from salesops.web.navigation import Command, NavItem, register_command, register_item


class SpreadsheetsConfig(AppConfig):
    name = "salesops.spreadsheets"
    label = "spreadsheets"

    def ready(self) -> None:
        """The way to the imports, and the deed in the search box."""
        register_item(NavItem("orders", _("Imports"), "imports:list", "upload", "import_sheets", order=80))
        words = "导入 上传 表格 excel csv xlsx daoru drdd"
        register_command(Command(_("Import a sheet"), "imports:upload", "upload", "import_sheets", words, order=30))
