internal import GRPC
private import Protobuf

/// `grpc.reflection.v1alpha`: what tools such as grpcurl ask a server that they know nothing about.
struct ReflectionAlphaService: ReflectionAlphaServerReflectionHandler {
  private let catalog: ReflectionCatalog

  init(_ catalog: ReflectionCatalog) { self.catalog = catalog }

  func serverReflectionInfo(
    _ requests: RequestStream<ReflectionAlpha.ServerReflectionRequest>,
    _ responses: ResponseStream<ReflectionAlpha.ServerReflectionResponse>, _ call: ServerCall
  ) async throws(GRPCStatus) {
    while let request = try await requests.next() {
      try await responses.send(
        ReflectionAlpha.ServerReflectionResponse {
          $0.validHost = request.host
          $0.originalRequest = request
          $0.messageResponse = self.answer(request)
        })
    }
  }

  private func answer(
    _ request: ReflectionAlpha.ServerReflectionRequest
  ) -> ReflectionAlpha.ServerReflectionResponse.MessageResponseChoice {
    switch request.messageRequest {
    case .fileByFilename(let path)?:
      self.files(self.catalog.descriptors(ofFile: path), "the file \(path)")
    case .fileContainingSymbol(let name)?:
      self.files(self.catalog.descriptors(ofSymbol: name), "the symbol \(name)")
    case .fileContainingExtension(let wanted)?:
      self.files(nil, "extension \(wanted.extensionNumber) of \(wanted.containingType)")
    case .allExtensionNumbersOfType(let name)?:
      self.catalog.knowsType(name)
        ? .allExtensionNumbersResponse(
          ReflectionAlpha.ExtensionNumberResponse { $0.baseTypeName = name })
        : self.files(nil, "the type \(name)")
    case .listServices?:
      .listServicesResponse(
        ReflectionAlpha.ListServiceResponse { list in
          list.service = self.catalog.services.map { name in
            ReflectionAlpha.ServiceResponse { $0.name = name }
          }
        })
    case nil:
      .errorResponse(
        ReflectionAlpha.ErrorResponse {
          $0.errorCode = Int32(GRPCStatus.Code.invalidArgument.rawValue)
          $0.errorMessage = "the request asks for nothing"
        })
    }
  }

  private func files(
    _ descriptors: [[UInt8]]?, _ what: String
  ) -> ReflectionAlpha.ServerReflectionResponse.MessageResponseChoice {
    guard let descriptors else {
      return .errorResponse(
        ReflectionAlpha.ErrorResponse {
          $0.errorCode = Int32(GRPCStatus.Code.notFound.rawValue)
          $0.errorMessage = "\(what) is not known"
        })
    }
    return .fileDescriptorResponse(
      ReflectionAlpha.FileDescriptorResponse { $0.fileDescriptorProto = descriptors })
  }
}
