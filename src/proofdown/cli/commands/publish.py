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
from proofdown.cli.printing import (
    OK,
    PROBLEMS,
    print_diagnostic,
    print_failure,
    print_report,
    say,
    style,
)
from proofdown.diagnostics import Diagnostic, SiteError, did_you_mean
from proofdown.publish.plan.options import Overrides, PublishOptions, VersionOptions
from proofdown.runtime.system.signals import raise_if_signalled
from proofdown.source import printable

if TYPE_CHECKING:
    from proofdown.config.model import Config
    from proofdown.config.publish import PublishTarget
    from proofdown.publish.publish import PublishResult
    from proofdown.runtime.progress import Progress


_T = TypeVar("_T")


class Task(Struct, frozen=True):
    """Options for tasks other than publishing the site, and how long to wait."""

    only_verifies: bool = False
    rolls_back: bool = False
    lists: bool = False
    deleted: str = ""
    """The version to delete; empty for none."""
    wait: int | None = None
    """Seconds to wait for the host; None for the target's `patience`."""


def _flag(name: str, key: str, text: str) -> Callable[[Any], Any]:
    return click.option(name, key, is_flag=True, help=text)


def _not_empty(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str:
    """Return the value, or "" if the option is absent; reject an empty string.

    An empty string usually means an unset shell variable.

    Raises:
        BadParameter: the value is empty.
    """
    if value == "":
        raise click.BadParameter("it is empty; is the variable that it comes from set?")
    return value or ""


def _text(name: str, key: str, metavar: str, text: str) -> Callable[[Any], Any]:
    return click.option(name, key, metavar=metavar, callback=_not_empty, help=text)


@click.command()
@click.argument("name", required=False, metavar="[TARGET]", callback=_not_empty)
@site_option
@_flag("--dry-run", "is_dry", "Show the plan and send nothing.")
@_flag("--verify", "only_verifies", "Send nothing; compare the live site with its receipt.")
@click.option(
    "--wait",
    type=click.IntRange(0),
    metavar="SECONDS",
    help="How long to wait until the host serves the new site.",
)
@_flag("--no-verify", "skips_verifying", "Do not verify the live site afterwards.")
@_flag("--rollback", "rolls_back", "Restore the site as it was before the last publish.")
@_text("--version", "version", "NAME", "Publish as this version, beside the others.")
@click.option(
    "--alias",
    "aliases",
    multiple=True,
    metavar="NAME",
    help="Another name for the version; may be repeated.",
)
@_text("--title", "title", "TEXT", "Name of the version as shown to readers.")
@_text("--default", "default", "NAME", "Version that the root leads to.")
@_flag("--list", "lists", "List the versions.")
@_text("--delete-version", "deleted", "NAME", "Delete a version.")
@_flag("--allow-deletions", "deletes", "Allow deleting more than a fifth of the files, or 256.")
@_flag("--allow-empty", "empties", "Allow publishing a site without pages.")
@click.option(
    "--allow-secret",
    "secrets",
    multiple=True,
    metavar="FILE",
    help="Publish files of this path or pattern even if they look secret.",
)
@_flag("--withdraw-drafts", "withdraws", "Remove published pages that are now drafts.")
@_flag("--adopt", "adopts", "Take over files that Proofdown did not publish.")
@_flag("--overwrite", "overwrites", "Overwrite files that somebody else changed there.")
@_flag("--break-lock", "breaks_lock", "Continue even if another publish holds the lock.")
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
        sys.exit(print_failure(stop))


def _check_usage(task: Task, versioning: VersionOptions) -> None:
    """Reject options that would have no effect, or that exclude each other.

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
    selected = [option for option, is_given in tasks.items() if is_given]
    if len(selected) > 1:
        raise click.UsageError(f"{selected[0]} and {selected[1]} are mutually exclusive")
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

        self.task, self.base_options = task, options
        self.root = find_root(folder)
        report = Report()
        self.config = load_config(self.root, report)
        # Only faults of the settings file can be why a target is not declared.
        faults = [one for one in report if one.location.path == SETTINGS_FILE]
        target = _find_target(self.config, name, faults, is_needed=not task.only_verifies)
        # `--verify` alone compares at once: nothing was sent that a host could still be spreading.
        patience = 0 if task.only_verifies else target.patience
        self.target = replace(target, patience=patience if task.wait is None else task.wait)

    def run(self) -> int:
        """Do the task, print its outcome, and return the exit code."""
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
        """The address of the published site: the target's own, or that of the settings."""
        return self.target.url or self.config.url

    def publish(self) -> int:
        """Build the site strictly, publish it unless refused, and return the exit code."""
        from proofdown.build.report.formats import FORMATS
        from proofdown.build.run import run_build
        from proofdown.content.discovery import changed_meanwhile
        from proofdown.publish.publish import publish
        from proofdown.runtime.cache.build_cache import open_cache
        from proofdown.runtime.progress import ProgressLine

        version = self.base_options.versioning.version if self.base_options.versioning else ""
        url = f"{self.url}{version}/" if version and self.url else self.url
        build_options = BuildOptions(is_strict=True, url=url)
        with open_cache(self.root) as cache:
            with ProgressLine() as progress:
                build, is_refused = run_build(self.root, build_options, progress, cache)
            raise_if_signalled()
            # The target was read before the build, which reads the settings again.
            if build.site.config.checksum != self.config.checksum:
                raise changed_meanwhile(self.config.location)
            print_report("\n".join(FORMATS["text"](build, style)))
            if is_refused:
                say("nothing was published: fix the problems first")
                return PROBLEMS
            return self.say(self.do(lambda options: publish(build, self.target, options)))

    def do(self, work: Callable[[PublishOptions], _T]) -> _T:
        """Call a function with the options of the command line, and show its progress."""
        from proofdown.runtime.progress import ProgressLine

        with ProgressLine() as progress:
            return work(self.options(progress))

    def verify(self) -> int:
        """Compare the live site with its receipt; return the exit code."""
        from proofdown.publish.publish import verify_live

        outcome, whose = self.do(lambda options: verify_live(self.config, self.target, options))
        for diagnostic in outcome.diagnostics:
            print_diagnostic(diagnostic)
        right, wrong = outcome.verified, len(outcome.diagnostics)
        say(f"{self.url}: {right} match the receipt of {whose}, {wrong} do not")
        return PROBLEMS if wrong else OK

    def say(self, outcome: "PublishResult") -> int:
        """Print the outcome of a task, and return its exit code."""
        from proofdown.publish.text import deletion_text, result_text

        for diagnostic in outcome.diagnostics:
            print_diagnostic(diagnostic)
        if outcome.is_refused:
            say("nothing was published")
            return PROBLEMS
        verifies, is_dry = not self.base_options.skips_verifying, self.base_options.is_dry
        if self.task.deleted:
            say(deletion_text(self.task.deleted, is_dry=is_dry))
        else:
            say(result_text(outcome, self.url, is_dry=is_dry, verifies=verifies))
        return PROBLEMS if outcome.diagnostics else OK

    def options(self, progress: "Progress") -> PublishOptions:
        """Return the command line's options with callbacks for the plan and progress."""
        from proofdown.publish.text import plan_text

        return replace(
            self.base_options,
            skips_verifying=self.base_options.skips_verifying or bool(self.task.deleted),
            show=lambda where, plan: say(
                plan_text(where, plan, names_all=self.base_options.is_dry)
            ),
            progress=progress,
        )


def _find_target(
    config: "Config", name: str, faults: list[Diagnostic], *, is_needed: bool
) -> "PublishTarget":
    """Return the target of a name, or the only target if no name is given.

    Args:
        config: the settings.
        name: the name given on the command line; empty if none was.
        faults: the faults of the settings file, any of which may hide a target.
        is_needed: whether the task needs a target; if not, a site without any gets a placeholder.

    Raises:
        SiteError: there is no such target, or the settings are faulty.
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
    # Report the faults instead: the target may be missing because its entry is one of them.
    if faults:
        for fault in faults[:-1]:
            print_diagnostic(fault)
        raise SiteError(faults[-1])
    known = ", ".join(f"`{one}`" for one in by_name)
    message = f"there is no target `{name}`" if name else "name the target to publish to"
    if not by_name:
        message = "the site has no target to publish to"
    help_ = did_you_mean(name, by_name) or (
        f"one of {known}" if known else "add `publish:` to proofdown.yml"
    )
    raise SiteError(Diagnostic("unknown-target", message, config.location, help_))
