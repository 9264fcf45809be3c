private import HTTP

/// Calls about what goes on by itself: maintenance by the clock, and sizes over time.
public enum CatalogUpkeepAPI {
  private static let read = AdminPrivilege("catalog", .read)
  private static let write = AdminPrivilege("catalog", .write)

  public static let schedules = AdminCall<
    CatalogPathInput, AdminList<MaintenanceScheduleRecord>
  >(
    .get, "/catalog/schedules", id: "listMaintenanceSchedules", read,
    "maintenance that runs by the clock")
  public static let setSchedule = AdminCall<
    MaintenanceScheduleInput, AdminChange<MaintenanceScheduleRecord>
  >(
    .put, "/catalog/schedules/{task}", id: "setMaintenanceSchedule", write,
    "let maintenance of a table, a namespace or a warehouse run by the clock")
  public static let deleteSchedule = AdminCall<
    MaintenanceScheduleInput, AdminChange<MaintenanceScheduleRecord>
  >(
    .delete, "/catalog/schedules/{task}", id: "deleteMaintenanceSchedule", write,
    "let it not run any more")
  public static let statistics = AdminCall<
    TableStatisticsInput, AdminList<TableStatisticsRecord>
  >(
    .get, "/catalog/tables/{name}/statistics", id: "listTableStatistics", read,
    "the size of a table over time, the newest first")

  static let all = [schedules.route, setSchedule.route, deleteSchedule.route, statistics.route]
}
