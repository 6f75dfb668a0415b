"""Server-rendered pages."""

from huiyin.web import saying

saying.in_plain_words()  # before the first form is made, wherever that is
