// The provider's answer to Diff, in Pulumi's messages.

import providerPb from "@pulumi/pulumi/proto/provider_pb.js";

export interface PropertyChange {
  readonly path: string;
  /** The top-level property that the path begins with. */
  readonly key: string;
  readonly kind: "add" | "delete" | "update";
  /** Whether the change needs another resource in place of this one. */
  readonly replaces: boolean;
}

const kinds = {
  add: [providerPb.PropertyDiff.Kind.ADD, providerPb.PropertyDiff.Kind.ADD_REPLACE],
  delete: [providerPb.PropertyDiff.Kind.DELETE, providerPb.PropertyDiff.Kind.DELETE_REPLACE],
  update: [providerPb.PropertyDiff.Kind.UPDATE, providerPb.PropertyDiff.Kind.UPDATE_REPLACE],
} as const;

export function propertyDiff(change: PropertyChange): providerPb.PropertyDiff {
  const diff = new providerPb.PropertyDiff();
  diff.setKind(kinds[change.kind][change.replaces ? 1 : 0]);
  diff.setInputdiff(true);
  return diff;
}

/** `isMore`: something else than properties changes. */
export function diffResponse(
  changes: readonly PropertyChange[],
  deleteBeforeReplace: boolean,
  isMore: boolean,
): providerPb.DiffResponse {
  const { DiffChanges } = providerPb.DiffResponse;
  const response = new providerPb.DiffResponse();
  response.setChanges(changes.length === 0 && !isMore ? DiffChanges.DIFF_NONE : DiffChanges.DIFF_SOME);
  response.setHasdetaileddiff(true);
  for (const change of changes) response.getDetaileddiffMap().set(change.path, propertyDiff(change));
  response.setDiffsList([...new Set(changes.map(({ key }) => key))]);
  const replaces = changes.filter((change) => change.replaces);
  response.setReplacesList([...new Set(replaces.map(({ key }) => key))]);
  response.setDeletebeforereplace(deleteBeforeReplace && replaces.length > 0);
  return response;
}
