"""How bytes become requests and answers become bytes; every work-around of BentoML lives here."""
