// Made by tools/generate.mjs; do not edit.
/** What objects of `descriptor` do as in the version before, but for the names of failures. */
import type * as wit from "../wit/wasi02.ts";
import { asNamed } from "./file-errors.ts";

export abstract class DescriptorForwards {
  protected abstract readonly inner: wit.Descriptor;
  /** Makes one of what the earlier version has made. */
  protected abstract wrap(inner: wit.Descriptor): DescriptorForwards;
  advise(offset: wit.Filesize, length: wit.Filesize, advice: wit.Advice): void {
    asNamed(() => this.inner.advise(offset, length, advice));
  }
  syncData(): void {
    asNamed(() => this.inner.syncData());
  }
  getFlags(): wit.DescriptorFlags {
    return asNamed(() => this.inner.getFlags());
  }
  setSize(size: wit.Filesize): void {
    asNamed(() => this.inner.setSize(size));
  }
  setTimes(dataAccessTimestamp: wit.NewTimestamp, dataModificationTimestamp: wit.NewTimestamp): void {
    asNamed(() => this.inner.setTimes(dataAccessTimestamp, dataModificationTimestamp));
  }
  sync(): void {
    asNamed(() => this.inner.sync());
  }
  createDirectoryAt(path: string): void {
    asNamed(() => this.inner.createDirectoryAt(path));
  }
  setTimesAt(
    pathFlags: wit.PathFlags,
    path: string,
    dataAccessTimestamp: wit.NewTimestamp,
    dataModificationTimestamp: wit.NewTimestamp,
  ): void {
    asNamed(() => this.inner.setTimesAt(pathFlags, path, dataAccessTimestamp, dataModificationTimestamp));
  }
  linkAt(
    oldPathFlags: wit.PathFlags,
    oldPath: string,
    newDescriptor: DescriptorForwards,
    newPath: string,
  ): void {
    asNamed(() => this.inner.linkAt(oldPathFlags, oldPath, newDescriptor.inner, newPath));
  }
  openAt(
    pathFlags: wit.PathFlags,
    path: string,
    openFlags: wit.OpenFlags,
    flags: wit.DescriptorFlags,
  ): DescriptorForwards {
    return asNamed(() => this.wrap(this.inner.openAt(pathFlags, path, openFlags, flags)));
  }
  readlinkAt(path: string): string {
    return asNamed(() => this.inner.readlinkAt(path));
  }
  removeDirectoryAt(path: string): void {
    asNamed(() => this.inner.removeDirectoryAt(path));
  }
  renameAt(oldPath: string, newDescriptor: DescriptorForwards, newPath: string): void {
    asNamed(() => this.inner.renameAt(oldPath, newDescriptor.inner, newPath));
  }
  symlinkAt(oldPath: string, newPath: string): void {
    asNamed(() => this.inner.symlinkAt(oldPath, newPath));
  }
  unlinkFileAt(path: string): void {
    asNamed(() => this.inner.unlinkFileAt(path));
  }
  isSameObject(other: DescriptorForwards): boolean {
    return this.inner.isSameObject(other.inner);
  }
  metadataHash(): wit.MetadataHashValue {
    return asNamed(() => this.inner.metadataHash());
  }
  metadataHashAt(pathFlags: wit.PathFlags, path: string): wit.MetadataHashValue {
    return asNamed(() => this.inner.metadataHashAt(pathFlags, path));
  }
}
