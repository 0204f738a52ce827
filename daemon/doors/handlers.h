/* The behaviour behind each row of the method table, by the object that owns it. */
#ifndef PH_DAEMON_DOORS_HANDLERS_H
#define PH_DAEMON_DOORS_HANDLERS_H

struct ph_call;

void ph_audit_list(struct ph_call *call);
void ph_audit_verify(struct ph_call *call);
void ph_config_reload_call(struct ph_call *call);
void ph_device_adopt(struct ph_call *call);
void ph_device_check_health(struct ph_call *call);
void ph_device_direct_io(struct ph_call *call);
void ph_device_disable(struct ph_call *call);
void ph_device_discover(struct ph_call *call);
void ph_device_enable(struct ph_call *call);
void ph_device_forget(struct ph_call *call);
void ph_device_get(struct ph_call *call);
void ph_device_list(struct ph_call *call);
void ph_device_statistics(struct ph_call *call);
void ph_display_clear(struct ph_call *call);
void ph_display_idle(struct ph_call *call);
void ph_display_line(struct ph_call *call);
void ph_display_show(struct ph_call *call);
void ph_drawer_acknowledge(struct ph_call *call);
void ph_drawer_open(struct ph_call *call);
void ph_drawer_status(struct ph_call *call);
void ph_drawer_tune(struct ph_call *call);
void ph_drawer_wait_for_close(struct ph_call *call);
void ph_driver_list(struct ph_call *call);
void ph_driver_test(struct ph_call *call);
void ph_events_subscribe(struct ph_call *call);
void ph_events_unsubscribe(struct ph_call *call);
void ph_job_cancel_call(struct ph_call *call);
void ph_job_copy_call(struct ph_call *call);
void ph_job_get_call(struct ph_call *call);
void ph_job_list_call(struct ph_call *call);
void ph_job_retry_call(struct ph_call *call);
void ph_job_wait_call(struct ph_call *call);
void ph_lease_claim(struct ph_call *call);
void ph_lease_release(struct ph_call *call);
void ph_lease_retain(struct ph_call *call);
void ph_msr_configure(struct ph_call *call);
void ph_msr_disable(struct ph_call *call);
void ph_msr_enable(struct ph_call *call);
void ph_printer_preview(struct ph_call *call);
void ph_printer_print(struct ph_call *call);
void ph_printer_status(struct ph_call *call);
void ph_printer_validate(struct ph_call *call);
void ph_role_bind(struct ph_call *call);
void ph_role_list(struct ph_call *call);
void ph_role_unbind(struct ph_call *call);
void ph_rpc_cancel(struct ph_call *call);
void ph_rpc_discover(struct ph_call *call);
void ph_rpc_ping(struct ph_call *call);
void ph_scale_live(struct ph_call *call);
void ph_scale_read(struct ph_call *call);
void ph_scale_tare(struct ph_call *call);
void ph_scale_zero(struct ph_call *call);
void ph_scanner_beep(struct ph_call *call);
void ph_scanner_clear(struct ph_call *call);
void ph_scanner_configure(struct ph_call *call);
void ph_scanner_disable(struct ph_call *call);
void ph_scanner_enable(struct ph_call *call);
void ph_scanner_status(struct ph_call *call);
void ph_scanner_symbology(struct ph_call *call);
void ph_scanner_trigger(struct ph_call *call);
void ph_system_diagnose(struct ph_call *call);
void ph_system_info(struct ph_call *call);

#endif
