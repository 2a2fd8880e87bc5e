"""Names of nobody: companies, towns and people glued from syllables, addresses under .example."""

import random
import unicodedata

FIRST = ("Tou", "Gar", "Bel", "Mar", "Cor", "Ven", "Pla", "Dor", "Sau", "Lan", "Fer", "Ros", "Tre")
MIDDLE = ("me", "be", "lu", "ri", "do", "va", "ci", "no", "gui", "ta", "za", "lo")
LAST_FR = ("lin", "ssac", "veyre", "nac", "tière", "gnan", "royes", "llon", "mond", "zance")
LAST_GB = ("wick", "thorpe", "bourne", "moor", "stead", "combe", "ridge", "worth")
LAST_BE = ("beke", "gem", "hove", "linge", "rode", "vinck", "zele")
LAST = {"FR": LAST_FR, "GB": LAST_GB, "BE": LAST_BE}
FORM = {"FR": ("SARL", "SAS", "SA", "et Fils"), "GB": ("Ltd", "plc", "LLP"), "BE": ("SRL", "SA")}
TRADE = {
    "FR": ("Menuiserie", "Transports", "Brasserie", "Imprimerie", "Charpentes", "Laiterie"),
    "GB": ("Joinery", "Haulage", "Printworks", "Brewery", "Engineering", "Dairies"),
    "BE": ("Menuiserie", "Transports", "Brasserie", "Imprimerie", "Ateliers", "Textiles"),
}
PUBLIC = ("Mairie de", "Hôpital de", "Université de", "Lycée de", "Communauté de communes de")
GIVEN = {
    "FR": ("Solène", "Bastien", "Maëlle", "Corentin", "Élodie", "Thibault", "Inès", "Yannick"),
    "GB": ("Imogen", "Rupert", "Harriet", "Callum", "Bronwen", "Alistair", "Tamsin", "Gareth"),
    "BE": ("Lotte", "Wouter", "Anouk", "Maxime", "Noor", "Thibaut", "Elke", "Jef"),
}
STREET = {"FR": "rue des Tilleuls", "GB": "Mill Lane", "BE": "rue du Moulin"}
# Numbers that regulators keep for fiction (France, United Kingdom) or that look like one.
PHONE = {"FR": "+33199003{:03d}", "GB": "+442079460{:03d}", "BE": "+322899{:03d}0"}
MOBILE = {"FR": "+33639980{:03d}", "GB": "+447700900{:03d}", "BE": "+32460999{:03d}"}


class Names:
    """Hand out names that are used once; the same `rng` hands out the same ones."""

    def __init__(self, rng: random.Random) -> None:
        """Start with no name taken."""
        self.rng = rng
        self.taken: set[str] = set()

    def word(self, country: str) -> str:
        """Return a surname or town of no map."""
        while True:
            middle = self.rng.choice(MIDDLE) if self.rng.random() < 0.6 else ""
            word = self.rng.choice(FIRST) + middle + self.rng.choice(LAST[country])
            if word not in self.taken:
                self.taken.add(word)
                return word

    def company(self, country: str, *, public: bool) -> str:
        """Return a company's name, or a public body's."""
        if public:
            return f"{self.rng.choice(PUBLIC)} {self.word(country)}"
        trade = f"{self.rng.choice(TRADE[country])} " if self.rng.random() < 0.5 else ""
        return f"{trade}{self.word(country)} {self.rng.choice(FORM[country])}"

    def person(self, country: str) -> str:
        """Return a person's full name."""
        return f"{self.rng.choice(GIVEN[country])} {self.word(country)}"


def plain(text: str) -> str:
    """Return `text` as lower-case letters, digits and hyphens, as a mail domain has them."""
    letters = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return "-".join("".join(c if c.isalnum() else " " for c in letters).split())


def phone(pattern: dict[str, str], country: str, number: int) -> str:
    """Return the `number`-th number of a country's range."""
    return pattern[country].format(number % 1000)
