from customers.models.customer import (
    Address,
    Contact,
    Customer,
    CustomerEvent,
    CustomerGram,
    CustomerTail,
    InvoiceProfile,
)
from customers.models.product import (
    CustomerPartNumber,
    CustomerPrice,
    ListedPrice,
    PriceList,
    Product,
    ProductEvent,
    ProductGram,
    TaxRate,
)

__all__ = [
    "Address",
    "Contact",
    "Customer",
    "CustomerEvent",
    "CustomerGram",
    "CustomerPartNumber",
    "CustomerPrice",
    "CustomerTail",
    "InvoiceProfile",
    "ListedPrice",
    "PriceList",
    "Product",
    "ProductEvent",
    "ProductGram",
    "TaxRate",
]
