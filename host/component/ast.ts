/** A component's binary as data: definitions in their order, which refer to one another by index. */

/** The index spaces of a component. */
export type Sort =
  | "core func"
  | "core table"
  | "core memory"
  | "core global"
  | "core tag"
  | "core type"
  | "core module"
  | "core instance"
  | "func"
  | "value"
  | "type"
  | "component"
  | "instance";

/** A thing in an index space. */
export interface SortIndex {
  readonly sort: Sort;
  readonly index: number;
}

/** A name given to a thing. */
export interface Named extends SortIndex {
  readonly name: string;
}

export type Primitive =
  | "bool"
  | "s8"
  | "u8"
  | "s16"
  | "u16"
  | "s32"
  | "u32"
  | "s64"
  | "u64"
  | "f32"
  | "f64"
  | "char"
  | "string"
  | "error-context";

/** The type of a value: the index of one, or a primitive. */
export type ValueType = number | Primitive;

/** Something with a label, and a type where it has one. */
export type Labelled<T> = readonly [label: string, type: T];

/** A core type as text, such as `(func (param i32) (result i64))`: what matters is which are equal. */
export type CoreType =
  | { readonly kind: "core"; readonly text: string }
  | { readonly kind: "core module"; readonly declarations: number };

export type Type =
  | { readonly kind: "primitive"; readonly type: Primitive }
  | { readonly kind: "record"; readonly fields: readonly Labelled<ValueType>[] }
  | { readonly kind: "variant"; readonly cases: readonly Labelled<ValueType | undefined>[] }
  | { readonly kind: "list"; readonly element: ValueType }
  | { readonly kind: "fixed-list"; readonly element: ValueType; readonly length: number }
  | { readonly kind: "tuple"; readonly items: readonly ValueType[] }
  | { readonly kind: "flags" | "enum"; readonly labels: readonly string[] }
  | { readonly kind: "option"; readonly some: ValueType }
  | { readonly kind: "result"; readonly ok: ValueType | undefined; readonly err: ValueType | undefined }
  | { readonly kind: "own" | "borrow"; readonly resource: number }
  | { readonly kind: "stream" | "future"; readonly element: ValueType | undefined }
  | { readonly kind: "map"; readonly key: ValueType; readonly value: ValueType }
  | FuncType
  | { readonly kind: "resource"; readonly representation: string; readonly destructor: number | undefined }
  | { readonly kind: "component"; readonly declarations: readonly Declaration[] }
  | { readonly kind: "instance"; readonly declarations: readonly Declaration[] };

export interface FuncType {
  readonly kind: "func";
  readonly isAsync: boolean;
  readonly params: readonly Labelled<ValueType>[];
  readonly result: ValueType | undefined;
}

/** The type of an import or an export. */
export type ExternType =
  | { readonly sort: "core module" | "func" | "component" | "instance"; readonly type: number }
  | { readonly sort: "type"; readonly equals: number | undefined }
  | { readonly sort: "value"; readonly equals: number | undefined; readonly type: ValueType | undefined };

/** The name of an import or an export, with what is said about it. */
export interface ExternName {
  readonly name: string;
  /** The interface that an instance by a plain name implements. */
  readonly implements: string | undefined;
  readonly versionSuffix: string | undefined;
  readonly externalId: string | undefined;
}

export type Alias =
  | {
      readonly kind: "alias";
      readonly from: "export";
      readonly sort: Sort;
      readonly instance: number;
      readonly name: string;
    }
  | {
      readonly kind: "alias";
      readonly from: "core export";
      readonly sort: Sort;
      readonly instance: number;
      readonly name: string;
    }
  | {
      readonly kind: "alias";
      readonly from: "outer";
      readonly sort: Sort;
      readonly count: number;
      readonly index: number;
    };

/** A declaration of a component's or an instance's type. */
export type Declaration =
  | { readonly kind: "core type"; readonly type: CoreType }
  | { readonly kind: "type"; readonly type: Type }
  | Alias
  | ({ readonly kind: "import" | "export"; readonly type: ExternType } & ExternName);

/** How a function crosses between core and component. */
export interface CanonOptions {
  readonly encoding: "utf8" | "utf16" | "latin1+utf16";
  readonly memory: number | undefined;
  readonly realloc: number | undefined;
  readonly postReturn: number | undefined;
  readonly isAsync: boolean;
  readonly callback: number | undefined;
}

export type Canon =
  | {
      readonly kind: "canon lift";
      readonly func: number;
      readonly options: CanonOptions;
      readonly type: number;
    }
  | { readonly kind: "canon lower"; readonly func: number; readonly options: CanonOptions }
  | {
      readonly kind: "canon resource.new" | "canon resource.drop" | "canon resource.rep";
      readonly type: number;
    }
  | {
      /** What makes tasks, streams, threads. Each defines a core function. */
      readonly kind: "canon built-in";
      readonly name: string;
      readonly type: number | undefined;
      readonly result: ValueType | undefined;
      readonly options: CanonOptions | undefined;
      /** `async`, `cancellable` or `shared`, where the built-in has such an option. */
      readonly flag: boolean;
      /** A memory, a table, or the number of a slot of `context`. */
      readonly index: number | undefined;
      readonly coreType: string | undefined;
    };

export type Definition =
  | { readonly kind: "core module"; readonly bytes: Uint8Array }
  | { readonly kind: "core instance"; readonly module: number; readonly with: readonly Named[] }
  | { readonly kind: "core instance of exports"; readonly exports: readonly Named[] }
  | { readonly kind: "core type"; readonly type: CoreType }
  | { readonly kind: "component"; readonly component: Component }
  | { readonly kind: "instance"; readonly component: number; readonly with: readonly Named[] }
  | { readonly kind: "instance of exports"; readonly exports: readonly Named[] }
  | Alias
  | { readonly kind: "type"; readonly type: Type }
  | Canon
  | {
      readonly kind: "start";
      readonly func: number;
      readonly args: readonly number[];
      readonly results: number;
    }
  | ({ readonly kind: "import"; readonly type: ExternType } & ExternName)
  | ({ readonly kind: "export"; readonly type: ExternType | undefined } & ExternName & SortIndex)
  | { readonly kind: "value"; readonly type: ValueType; readonly bytes: Uint8Array };

export interface Component {
  readonly definitions: readonly Definition[];
}
