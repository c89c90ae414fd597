"""`proofdown publish`."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from msgspec import Struct
from msgspec.structs import replace

from proofdown.build.options import BuildOptions
from proofdown.cli.options import site_option, with_structs
from proofdown.cli.printing import OK, PROBLEMS, complain, say, say_painted, stopped, style
from proofdown.diagnostics import Diagnostic, SiteError, did_you_mean
from proofdown.publish.plan.options import Overrides, PublishOptions, VersionOptions
from proofdown.runtime.system.signals import heed
from proofdown.source import printable

if TYPE_CHECKING:
    from proofdown.config.model import Config
    from proofdown.config.publish import PublishTarget
    from proofdown.publish.publish import PublishResult
    from proofdown.runtime.progress import Progress


_T = TypeVar("_T")


class Task(Struct, frozen=True):
    """What is to be done, if it is not to publish the site, and for how long."""

    only_verifies: bool = False
    rolls_back: bool = False
    lists: bool = False
    deleted: str = ""
    """A version to delete."""
    wait: int | None = None
    """Seconds that the host may take, where it is not the target's patience."""


def _flag(name: str, key: str, text: str) -> Callable[[Any], Any]:
    return click.option(name, key, is_flag=True, help=text)


def _given(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str:
    """Return what was given, or nothing: empty is what a variable gives that nobody has set.

    Raises:
        BadParameter: it is empty, and what is meant must not be guessed.
    """
    if value == "":
        raise click.BadParameter("it is empty; is the variable set that it comes from?")
    return value or ""


def _text(name: str, key: str, metavar: str, text: str) -> Callable[[Any], Any]:
    return click.option(name, key, metavar=metavar, callback=_given, help=text)


@click.command()
@click.argument("name", required=False, metavar="[TARGET]", callback=_given)
@site_option
@_flag("--dry-run", "is_dry", "Show the plan and send nothing.")
@_flag("--verify", "only_verifies", "Send nothing; compare the live site with its receipt.")
@click.option(
    "--wait",
    type=click.IntRange(0),
    metavar="SECONDS",
    help="How long the host may take until readers get it.",
)
@_flag("--no-verify", "skips_verifying", "Do not look at the live site afterwards.")
@_flag("--rollback", "rolls_back", "Bring back what was there before the last publish.")
@_text("--version", "version", "NAME", "Publish beside other versions.")
@click.option(
    "--alias", "aliases", multiple=True, metavar="NAME", help="A second name of the version."
)
@_text("--title", "title", "TEXT", "What readers see as the version's name.")
@_text("--default", "default", "NAME", "Version that the root leads to.")
@_flag("--list", "lists", "List the versions.")
@_text("--delete-version", "deleted", "NAME", "Delete a version.")
@_flag("--allow-deletions", "deletes", "Delete more than a fifth of the files, or 256.")
@_flag("--allow-empty", "empties", "Publish a site without pages.")
@click.option(
    "--allow-secret",
    "secrets",
    multiple=True,
    metavar="FILE",
    help="Publish this file all the same, or those that a pattern names.",
)
@_flag("--withdraw-drafts", "withdraws", "Take away published pages that are drafts now.")
@_flag("--adopt", "adopts", "Take over files that Proofdown did not publish.")
@_flag("--overwrite", "overwrites", "Overwrite what somebody else changed there.")
@_flag("--break-lock", "breaks_lock", "Go on although another publish is said to run.")
@with_structs
def publish(
    name: str,
    folder: Path,
    task: Task,
    versioning: VersionOptions,
    overrides: Overrides,
    options: PublishOptions,
) -> None:
    """Check the site, publish it to TARGET, and verify what readers get."""
    _check_usage(task, versioning)
    is_versioned = versioning.version or task.deleted
    options = replace(options, versioning=versioning if is_versioned else None, overrides=overrides)
    try:
        sys.exit(_Publishing(name, folder, task, options).run())
    except SiteError as stop:
        sys.exit(stopped(stop))


def _check_usage(task: Task, versioning: VersionOptions) -> None:
    """Refuse options that would do nothing, or that ask for two things.

    Raises:
        UsageError: there are such options.
    """
    tasks = {
        "--verify": task.only_verifies,
        "--rollback": task.rolls_back,
        "--list": task.lists,
        "--version": versioning.version,
        "--delete-version": task.deleted,
    }
    asked = [option for option, is_given in tasks.items() if is_given]
    if len(asked) > 1:
        raise click.UsageError(f"{asked[0]} and {asked[1]} exclude each other")
    of_versions = {
        "--alias": versioning.aliases,
        "--title": versioning.title,
        "--default": versioning.default,
    }
    for option, is_given in of_versions.items():
        is_of_use = versioning.version or (option == "--default" and task.deleted)
        if is_given and not is_of_use:
            raise click.UsageError(f"{option} needs --version")


class _Publishing:
    """One run of the command."""

    def __init__(self, name: str, folder: Path, task: Task, options: PublishOptions) -> None:
        from proofdown.config.loader import find_root, load_config
        from proofdown.config.root import SETTINGS_FILE
        from proofdown.diagnostics import Report

        self.task, self.asked = task, options
        self.root = find_root(folder)
        report = Report()
        self.config = load_config(self.root, report)
        declared = [one for one in report if one.location.path == SETTINGS_FILE]
        target = _chosen(self.config, name, declared, is_needed=not task.only_verifies)
        patience = 0 if task.only_verifies else target.patience
        self.target = replace(target, patience=patience if task.wait is None else task.wait)

    def run(self) -> int:
        from proofdown.publish.publish import delete_version, list_versions, roll_back

        task = self.task
        if task.lists:
            for listed in list_versions(self.config, self.target):
                aliases = f" [{', '.join(listed.aliases)}]" if listed.aliases else ""
                default = " (default)" if listed.is_default else ""
                say(printable(f"{listed.name}{aliases}{default}"))
            return OK
        if task.only_verifies:
            return self.verify()
        if task.rolls_back:
            return self.say(self.do(lambda o: roll_back(self.config, self.target, o)))
        if task.deleted:
            version = task.deleted
            return self.say(self.do(lambda o: delete_version(version, self.config, self.target, o)))
        return self.publish()

    @property
    def url(self) -> str:
        return self.target.url or self.config.url

    def publish(self) -> int:
        from proofdown.build.report.formats import FORMATS
        from proofdown.build.run import run_build
        from proofdown.content.discovery import changed_meanwhile
        from proofdown.publish.publish import publish
        from proofdown.runtime.cache.build_cache import open_cache
        from proofdown.runtime.progress import ProgressLine

        version = self.asked.versioning.version if self.asked.versioning else ""
        url = f"{self.url}{version}/" if version and self.url else self.url
        build_options = BuildOptions(is_strict=True, url=url)
        with open_cache(self.root) as cache:
            with ProgressLine() as progress:
                build, is_refused = run_build(self.root, build_options, progress, cache)
            heed()
            if build.site.config.checksum != self.config.checksum:
                raise changed_meanwhile(self.config.location)
            say_painted("\n".join(FORMATS["text"](build, style)))
            if is_refused:
                say("nothing was published: mend what is broken first")
                return PROBLEMS
            return self.say(self.do(lambda options: publish(build, self.target, options)))

    def do(self, work: Callable[[PublishOptions], _T]) -> _T:
        """Do what the command line asks for, with its progress shown."""
        from proofdown.runtime.progress import ProgressLine

        with ProgressLine() as progress:
            return work(self.options(progress))

    def verify(self) -> int:
        from proofdown.publish.publish import verify_live

        outcome, whose = self.do(lambda options: verify_live(self.config, self.target, options))
        for diagnostic in outcome.diagnostics:
            complain(diagnostic)
        right, wrong = outcome.verified, len(outcome.diagnostics)
        say(f"{self.url}: {right} as in the receipt of {whose}, {wrong} not")
        return PROBLEMS if wrong else OK

    def say(self, outcome: "PublishResult") -> int:
        from proofdown.publish.text import deletion_text, result_text

        for diagnostic in outcome.diagnostics:
            complain(diagnostic)
        if outcome.is_refused:
            say("nothing was published")
            return PROBLEMS
        verifies, is_dry = not self.asked.skips_verifying, self.asked.is_dry
        if self.task.deleted:
            say(deletion_text(self.task.deleted, is_dry=is_dry))
        else:
            say(result_text(outcome, self.url, is_dry=is_dry, verifies=verifies))
        return PROBLEMS if outcome.diagnostics else OK

    def options(self, progress: "Progress") -> PublishOptions:
        from proofdown.publish.text import plan_text

        return replace(
            self.asked,
            skips_verifying=self.asked.skips_verifying or bool(self.task.deleted),
            show=lambda where, plan: say(plan_text(where, plan, names_all=self.asked.is_dry)),
            progress=progress,
        )


def _chosen(
    config: "Config", name: str, faults: list[Diagnostic], *, is_needed: bool
) -> "PublishTarget":
    """Return the target of a name; the only one where none is named.

    Raises:
        SiteError: there is none; or the settings, which would declare it, are faulty.
    """
    from proofdown.config.publish import DirectoryTarget, PublishTarget

    by_name = {target.name: target for target in config.publish}
    if name in by_name:
        return by_name[name]
    if not name and len(by_name) == 1:
        return next(iter(by_name.values()))
    if not name and not by_name and not is_needed:
        host = DirectoryTarget("site")
        return PublishTarget(name="", location=config.location, host=host, patience=0)
    if faults:
        for fault in faults[:-1]:
            complain(fault)
        raise SiteError(faults[-1])
    known = ", ".join(f"`{one}`" for one in by_name)
    message = f"there is no target `{name}`" if name else "say which target to publish to"
    if not by_name:
        message = "the site has no target to publish to"
    help_ = did_you_mean(name, by_name) or (
        f"one of {known}" if known else "add `publish:` to proofdown.yml"
    )
    raise SiteError(Diagnostic("unknown-target", message, config.location, help_))
