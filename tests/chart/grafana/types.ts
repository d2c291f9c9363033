// Dashboards of this chart, in Grafana's own types. An object literal of these types may have no unknown field.
import type { Dashboard as Schema, DashboardLink, Panel, VariableModel } from "@grafana/schema";
import type { Options as StatOptions } from "@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen";
import type {
  FieldConfig as TimeSeriesFieldConfig,
  Options as TimeSeriesOptions,
} from "@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen";

// Of the data source Prometheus, which has no package of its own.
interface PrometheusQuery {
  refId: string;
  expr: string;
  legendFormat: string;
  instant?: boolean;
}

// The values of an enumeration, as JSON has them.
type Json<T> = T extends string ? `${T}` : T extends object ? { [Name in keyof T]: Json<T[Name]> } : T;

interface FieldConfig<Custom> {
  defaults: { unit: string; min?: number; max?: number; decimals?: number; custom?: Partial<Json<Custom>> };
  overrides: [];
}

type Own<Type, Options, Custom> = Required<Pick<Panel, "id" | "title" | "description" | "gridPos">> & {
  type: Type;
  links: Pick<DashboardLink, "title" | "url" | "targetBlank">[];
  datasource: { type: "prometheus"; uid: "${datasource}" };
  fieldConfig: FieldConfig<Custom>;
  options: Json<Options>;
  targets: PrometheusQuery[];
};

export type Dashboard = Json<Omit<Schema, "panels" | "templating">> & {
  templating: { list: Json<VariableModel>[] };
  panels: (Own<"timeseries", TimeSeriesOptions, TimeSeriesFieldConfig> | Own<"stat", StatOptions, object>)[];
};
