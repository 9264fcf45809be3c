package import CommandTable
private import TerminalIO

/// The whole command line. A new command is a file of its own and a line in its group; a new group is a
/// folder and a line here.
package enum Lakectl {
  package static let root: Command = Command(
    name: "lakectl", summary: "operate a Lakeworks cluster",
    detail: """
      lakectl is the one way people and scripts operate the platform.
      A command is a noun, sometimes a second one, and a verb: lakectl context list.
      Tables are for people; json, jsonl, csv, tsv, name and exit codes are for programs and stay as they are.
      """,
    children: [
      Status.command, TopCommand.command(table: { Lakectl.root }), Doctor.command, Logs.command,
      Events.command, alerts, metrics, catalog, series,
      Version.command, HelpCommand.command, ManCommand.command, buckets, objects, volumes, disks,
      tiers, users, accounts, groups, roles, grants,
      policies, keys, tokens, Whoami.command, cluster, nodes, services, jobs, facts, support,
      Wait.command, Apply.command, Export.command, contexts, settings, CompletionCommand.command,
    ])

  static let contexts = Command(
    name: "context", summary: "choose and describe clusters", heading: .operate,
    detail: """
      A context says how one cluster is reached: its endpoint, TLS files and credential.
      Contexts live in the file of contexts, which is edited line by line: comments and order stay.
      """,
    children: [
      ContextList.command, ContextShow.command, ContextUse.command, ContextAdd.command,
      ContextSet.command, ContextRename.command, ContextRemove.command, ContextTest.command,
    ])

  static let settings = Command(
    name: "config", summary: "look at and change the settings of lakectl", heading: .operate,
    detail: """
      Settings come from flags, the environment, the context, and the files of contexts.
      These commands change the user's file only.
      """,
    children: [
      ConfigList.command, ConfigShow.command, ConfigExplain.command, ConfigSet.command,
      ConfigUnset.command, ConfigPath.command, ConfigCheck.command,
    ])
}
