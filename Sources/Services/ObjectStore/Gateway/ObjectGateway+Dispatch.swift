import S3

extension ObjectGateway {
  /// The operation itself; the caller is known and the bucket is there.
  func dispatch(_ request: S3Request) async throws {
    switch request.operation {
    case .listBuckets, .createBucket, .preflight: preconditionFailure("BUG: needs no bucket")
    case .headBucket: try await self.headBucket(request)
    case .deleteBucket: try await self.deleteBucket(request)
    case .listObjects: try await self.listObjects(request)
    case .listObjectsV2: try await self.listObjectsV2(request)
    case .listObjectVersions: try await self.listObjectVersions(request)
    case .listUploads: try await self.listUploads(request)
    case .deleteObjects: try await self.deleteObjects(request)
    case .postObject:
      throw S3Error(
        .preconditionFailed, "At least one of the pre-conditions you specified did not hold",
        details: [
          .init("Condition", "Bucket POST must be of the enclosure-type multipart/form-data")
        ])
    case .getBucketDocument: try await self.getBucketDocument(request)
    case .putBucketDocument: try await self.putBucketDocument(request)
    case .deleteBucketDocument: try await self.deleteBucketDocument(request)
    case .putObject: try await self.putObject(request)
    case .copyObject: try await self.copyObject(request)
    case .renameObject: try await self.renameObject(request)
    case .renameFolder: try await self.renameFolder(request)
    case .getObject, .headObject: try await self.getObject(request)
    case .deleteObject: try await self.deleteObject(request)
    case .getObjectAttributes: try await self.getObjectAttributes(request)
    case .createUpload: try await self.createUpload(request)
    case .completeUpload: try await self.completeUpload(request)
    case .abortUpload: try await self.abortUpload(request)
    case .listParts: try await self.listParts(request)
    case .uploadPart: try await self.uploadPart(request)
    case .uploadPartCopy: try await self.uploadPartCopy(request)
    case .getObjectTagging: try await self.getObjectTagging(request)
    case .putObjectTagging: try await self.putObjectTagging(request)
    case .deleteObjectTagging: try await self.deleteObjectTagging(request)
    case .getObjectACL: try await self.getObjectACL(request)
    case .putObjectACL: try await self.putObjectACL(request)
    case .getRetention: try await self.getRetention(request)
    case .putRetention: try await self.putRetention(request)
    case .getLegalHold: try await self.getLegalHold(request)
    case .putLegalHold: try await self.putLegalHold(request)
    }
  }
}
