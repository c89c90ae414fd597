"""Give a verdict on every command line whose tool has a help to check it against."""

from collections.abc import Iterator, Mapping

from proofdown.checks.commands.find import Command, find_commands
from proofdown.checks.commands.help import Synopsis, read_synopsis
from proofdown.checks.commands.invocation import match_command_path, read_invocation
from proofdown.checks.commands.rules import CommandCheck
from proofdown.config.commands import CommandSetting
from proofdown.content.evidence.claims import Judgement, Verdict
from proofdown.diagnostics import Diagnostic, Note
from proofdown.site.model import ComposedPage, Site, SiteContext
from proofdown.source import Location


class CommandJudge:
    """Judges the command lines of a site's pages.

    Args:
        context: the site's context, which all pages share.
        checks: the checks of a single command line, by code.
    """

    def __init__(self, context: SiteContext, checks: Mapping[str, CommandCheck]) -> None:
        self.context, self.checks = context, checks
        # Longest first, so that `git remote add` is tried before `git remote`.
        self.settings = sorted(context.config.commands, key=lambda s: -len(s.command_path))
        self.tools = frozenset(setting.command_path[0] for setting in self.settings)

    def judgements(self, built: ComposedPage) -> Iterator[Judgement]:
        """Yield a verdict on each command that has a help; one *not judged* per other tool."""
        unjudged: dict[str, Location] = {}
        for command in find_commands(built.text, self.tools):
            location = built.text.location(command.start, command.end)
            match = self._match(command)
            if match is None:
                if not command.is_span and not command.is_shells_own:
                    unjudged.setdefault(self._name(command), location)
                continue
            setting, at = match
            synopsis = synopsis_of(self.context, setting)
            if synopsis is None:
                if not setting.is_unjudged and at < len(command.words):
                    unjudged.setdefault(setting.name, location)
                continue
            yield from self._judge(built, command, setting, synopsis, at)
            # The help covers the tool's own options, but not those of the subcommand.
            if synopsis.has_subcommands and not (command.is_span or command.runs_another):
                unjudged.setdefault(self._name(command), location)
        for name, location in unjudged.items():
            yield Judgement(
                kind="command",
                name=name,
                page=built.page.path,
                verdict=Verdict.NOT_JUDGED,
                location=location,
            )

    def _judge(
        self,
        built: ComposedPage,
        command: Command,
        setting: CommandSetting,
        synopsis: Synopsis,
        at: int,
    ) -> Iterator[Judgement]:
        if at == len(command.words) and command.is_span:
            return  # a sentence that only mentions the command
        read = read_invocation(command, setting.name, synopsis, command.words[at:])
        problems = []
        for code, check in self.checks.items():
            for message, word, help_ in check(read, setting):
                location = built.text.location(word.start, max(word.end, word.start + 1))
                notes = (Note("by this help", help_location(self.context, setting)),)
                problems.append(Diagnostic(code, message, location, help_, notes))
        yield Judgement(
            kind="command",
            name=setting.name,
            page=built.page.path,
            verdict=Verdict.BROKEN if problems else Verdict.HOLDS,
            location=built.text.location(command.start, command.end),
            rests_on=(setting.recording.text,) if setting.recording else (),
            problems=tuple(problems),
        )

    def _match(self, command: Command) -> tuple[CommandSetting, int] | None:
        """Return the setting with the longest command path, and where the arguments begin."""
        shared = next((s for s in self.settings if s.command_path == (command.tool,)), None)
        synopsis = synopsis_of(self.context, shared) if shared else None
        for setting in self.settings:
            if setting.command_path[0] == command.tool:
                at = match_command_path(command.words, setting.command_path, synopsis)
                if at is not None:
                    return setting, at
        return None

    def _name(self, command: Command) -> str:
        """Return the name of an unjudged command: its tool, with the subcommand if it is known."""
        if command.tool in self.tools:
            words = command.words[1:]
            for number, word in enumerate(words):
                is_value = number and words[number - 1].text.startswith("-")
                if not word.text.startswith("-") and not is_value:
                    return f"{command.tool} {word.text}"
        return command.tool


def synopsis_of(context: SiteContext, setting: CommandSetting) -> Synopsis | None:
    """Return the synopsis of a command, or None if there is none or it declares nothing."""
    text = setting.synopsis
    if setting.recording:
        recording = context.recordings.get(setting.recording.text)
        text = recording.body if recording else ""
    synopsis = read_synopsis(text, setting.command_path) if text.strip() else None
    return synopsis if synopsis and not synopsis.is_empty else None


def help_location(context: SiteContext, setting: CommandSetting) -> Location:
    """Return the location of a command's help: its recording, or else its setting."""
    if setting.recording and setting.recording.text in context.recordings:
        return context.recordings[setting.recording.text].location
    return setting.location


def unreadable_synopsis(site: Site) -> Iterator[Diagnostic]:
    """A recording under `commands:` that is not the command's help.

    ## What it does
    Finds recordings named under `commands:` in the settings, and texts under `synopsis:`, that
    contain neither a usage line nor an option.

    ## Why it matters
    Commands cannot be checked against it, so they are not judged.

    ## Example
    ```yaml
    commands: {virsh migrate: connections-p2p}
    ```

    ## Instead
    Record what the tool prints for `--help`, or write the usage line yourself.
    """
    for setting in site.config.commands:
        name = setting.recording.text if setting.recording else ""
        if setting.is_unjudged or (name and name not in site.recordings):
            continue
        if synopsis_of(site, setting) is None:
            what = f"the recording `{name}`" if name else "this synopsis"
            message = f"{what} has neither usage nor options of `{setting.name}`"
            location = setting.recording.location if setting.recording else setting.location
            yield Diagnostic("unreadable-synopsis", message, location)
