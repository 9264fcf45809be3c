import Admin
import CommandTable
import Values

enum WarehouseArgument {
  static let one = Argument<PlainName>(
    "warehouse", "the warehouse", source: .resources("warehouse"))
  static let new = Argument<PlainName>("warehouse", "the name of the new warehouse")
  static let location = Option<PlainName>(
    "location", .one, placeholder: "URI", "file:///FOLDER or s3://BUCKET/PREFIX")
  static let endpoint = Option<PlainName>(
    "storage-endpoint", placeholder: "URL", "its S3 store, such as http://127.0.0.1:9000")
  static let region = Option<PlainName>(
    "region", placeholder: "NAME", "the region of its S3 store")
  static let access = Option<PlainName>(
    "access", source: .words(["none", "vended", "shared", "signed"]), placeholder: "HOW",
    "what clients get to reach its files")
  static let key = Option<PlainName>(
    "access-key", source: .resources("key"), placeholder: "ID",
    "the access key of this cluster that the catalog uses")
  static let hold = Option<Duration>("soft-delete", "hold dropped tables this long; 0s: not at all")
  static let format = Option<Int>(
    "format-version", placeholder: "N", "the newest Iceberg version of its tables")
  static let active = Option<PlainName>(
    "active", source: .words(["true", "false"]), placeholder: "BOOL", "false: it does not answer")

  static let changeable: [Parameter] = [
    endpoint.parameter, access.parameter, key.parameter, hold.parameter, format.parameter,
    active.parameter, CatalogParameters.protected.parameter,
  ]

  static func input(_ name: String, _ call: Invocation) throws(CommandError) -> WarehouseInput {
    var input = WarehouseInput()
    input.warehouse = name
    input.endpoint = call[self.endpoint]?.text
    input.access = call[self.access]?.text
    input.accessKey = call[self.key]?.text
    input.softDeleteSeconds = call[self.hold]?.components.seconds
    input.formatVersionMax = call[self.format].map { Int64($0) }
    input.isActive = try CatalogParameters.truth(self.active, call)
    input.isProtected = try CatalogParameters.truth(CatalogParameters.protected, call)
    return input
  }
}

/// `lakectl catalog warehouse list`
enum WarehouseList {
  static let command = Command(
    name: "list", summary: "list warehouses",
    call: .listing(
      CatalogColumns.warehouse, CatalogAPI.warehouses,
      examples: [
        Example(text: "With their storage", line: "lakectl catalog warehouse list -o wide")
      ],
      input: { _ throws(CommandError) in AdminNothing() }))
}

/// `lakectl catalog warehouse show`
enum WarehouseShow {
  static let command = Command(
    name: "show", summary: "show one warehouse",
    call: .showing(
      CatalogColumns.warehouse, CatalogAPI.warehouse,
      parameters: [WarehouseArgument.one.parameter],
      exits: [.notFound: "there is no such warehouse"],
      examples: [Example(text: "Where it lies", line: "lakectl catalog warehouse show lake")],
      input: { call throws(CommandError) in NameInput(call[WarehouseArgument.one].text) }))
}

/// `lakectl catalog warehouse create`
enum WarehouseCreate {
  static let command = Command(
    name: "create", summary: "make a warehouse",
    call: .changing(
      CatalogColumns.warehouse, CatalogAPI.createWarehouse,
      parameters: [
        WarehouseArgument.new.parameter, WarehouseArgument.location.parameter,
        WarehouseArgument.region.parameter,
      ] + WarehouseArgument.changeable + [Shared.ifNotExists.parameter],
      exits: [.conflict: "there is a warehouse of that name"],
      examples: [
        Example(
          text: "In a folder, dropped tables held for a week",
          line: "lakectl catalog warehouse create lab --location file:///srv/lab --soft-delete 7d"),
        Example(
          text: "In a bucket of the object store",
          line: "lakectl catalog warehouse create raw --location s3://raw/tables"
            + " --storage-endpoint http://127.0.0.1:9000"),
      ],
      detail: "A small file is written, read and deleted there first.",
      input: { call throws(CommandError) in
        var input = try WarehouseArgument.input(call[WarehouseArgument.new].text, call)
        input.location = call[WarehouseArgument.location]?.text
        input.region = call[WarehouseArgument.region]?.text
        input.ifNotExists = call[Shared.ifNotExists]
        return input
      }))
}

/// `lakectl catalog warehouse set`
enum WarehouseSet {
  static let command = Command(
    name: "set", summary: "change a warehouse",
    call: .changing(
      CatalogColumns.warehouse, CatalogAPI.setWarehouse,
      parameters: [WarehouseArgument.one.parameter] + WarehouseArgument.changeable,
      exits: [.notFound: "there is no such warehouse", .conflict: "--if-match failed"],
      examples: [
        Example(
          text: "Hold dropped tables", line: "lakectl catalog warehouse set lake --soft-delete 7d")
      ],
      detail: "What is not given stays as it is.", guarded: true,
      input: { call throws(CommandError) in
        try WarehouseArgument.input(call[WarehouseArgument.one].text, call)
      }))
}

/// `lakectl catalog warehouse delete`
enum WarehouseDelete {
  static let command = Command(
    name: "delete", summary: "remove an empty warehouse",
    call: .changing(
      CatalogColumns.warehouse, CatalogAPI.deleteWarehouse,
      parameters: [WarehouseArgument.one.parameter],
      exits: [
        .notFound: "there is no such warehouse",
        .conflict: "it is not empty, protected, or the default one",
      ],
      examples: [
        Example(
          text: "It is empty",
          line: "lakectl catalog warehouse delete lab --yes --confirm lab")
      ],
      input: { call throws(CommandError) in NameInput(call[WarehouseArgument.one].text) }))
}
