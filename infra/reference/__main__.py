"""Writes every generated page and the generated parts of the README."""

from infra.reference.pages import write_pages

if __name__ == "__main__":
    for path in write_pages():
        print(path)
