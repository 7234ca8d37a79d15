// The part of Kubernetes' ObjectMeta that the operator reads. Written by hand: a CRD's schema says nothing about it.

/** What the API server keeps about every object. Times are RFC 3339 strings, as on the wire. */
export interface ObjectMeta {
  readonly name: string;
  /** Always there: the operator reads namespaced objects only. */
  readonly namespace: string;
  /** Tells an object from a later one of the same name. */
  readonly uid: string;
  /** Opaque; names one version of the object, and makes a write conditional on it. */
  readonly resourceVersion: string;
  /** Grows with every change of the spec. */
  readonly generation: number;
  readonly creationTimestamp: string;
  /** There once the object is being deleted. */
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}
