"""The words of the theme, and those with which a site replaces them."""

from tests.support.project import Project


def test_a_site_can_replace_the_words_of_the_theme(project: Project) -> None:
    project.write({"templates/words.yml": "menu: Menü\ncopied: Kopiert\nsearch: Suche\n"})
    assert project.build().diagnostics == []
    assert ">Menü</button>" in project.html()
    assert '"Kopiert"' in project.html("theme/theme.js")


def test_an_unknown_word_of_the_theme_is_reported(project: Project) -> None:
    project.write({"templates/words.yml": "menue: Menü\n"})
    (found,) = project.build().diagnostics
    assert (
        found == "templates/words.yml:1:1: error[unknown-key]: `menue` is not a word of the theme"
    )


def test_an_unknown_placeholder_in_a_word_is_reported(project: Project) -> None:
    project.write({"templates/words.yml": 'edit: "Mend it on {hos}"\nchanged: Written {date}\n'})
    assert project.check().diagnostics == [
        "templates/words.yml:1:7: error[invalid-value]: `edit` has no placeholder `{hos}`"
    ]
    assert "did you mean `{host}`?" in project.run("check").out
