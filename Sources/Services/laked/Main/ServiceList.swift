import Catalog
import Hosting
import ObjectService
import SeriesService

/// Every service that this daemon can run. To add one: its module among the targets of `laked`, and its
/// descriptor here.
enum ServiceList {
  static let all: [ServiceDescriptor] =
    ObjectStore.descriptors() + CatalogService.descriptors + TimeSeries.descriptors()
}
