"""The words of the theme, and those that a site puts in their place."""

from tests.support.project import Project


def test_the_theme_speaks_the_words_of_the_site(project: Project) -> None:
    project.write({"templates/words.yml": "menu: Menü\ncopied: Kopiert\nsearch: Suche\n"})
    assert project.build().diagnostics == []
    assert ">Menü</button>" in project.html()
    assert '"Kopiert"' in project.html("theme/theme.js")


def test_a_word_that_the_theme_does_not_have_is_reported(project: Project) -> None:
    project.write({"templates/words.yml": "menue: Menü\n"})
    (found,) = project.build().diagnostics
    assert (
        found == "templates/words.yml:1:1: error[unknown-key]: `menue` is not a word of the theme"
    )


def test_a_word_of_the_sites_own_names_only_what_is_put_in(project: Project) -> None:
    project.write({"templates/words.yml": 'edit: "Mend it on {hos}"\nchanged: Written {date}\n'})
    assert project.check().diagnostics == [
        "templates/words.yml:1:7: error[invalid-value]: `edit` has no placeholder `{hos}`"
    ]
    assert "did you mean `{host}`?" in project.run("check").out
